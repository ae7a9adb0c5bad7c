// Why: a test without a bug and with more interleavings than can ever be tried, so that an exploration of it goes on.
module steady

go 1.24.0
