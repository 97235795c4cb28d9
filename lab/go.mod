module example.com/hemostat-lab

go 1.19
