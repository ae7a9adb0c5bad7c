// Why: what feedback, mutation and prediction add shows only where there is much to learn: programs of hundreds of
// operations in many goroutines, with a bug that few orders of a handful of them show.
module large

go 1.24.0
