module example.com/lockstep

go 1.24
