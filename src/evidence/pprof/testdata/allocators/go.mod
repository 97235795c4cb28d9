module example.com/allocators

go 1.19
