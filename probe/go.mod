module example.com/hemostat-probe

go 1.19
