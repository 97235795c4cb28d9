module example.com/acme/target

go 1.19
