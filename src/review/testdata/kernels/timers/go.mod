module example.org/kernels/timers

go 1.22
