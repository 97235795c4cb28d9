module example.com/heap-programs

go 1.19
