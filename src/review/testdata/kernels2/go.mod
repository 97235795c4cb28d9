module example.org/kernels2

go 1.25
