package large

import (
	"context"
	"sync"
	"testing"
)

// A pipeline of four stages with three workers each. Workers of the last stage stop at the first odd answer and cancel;
// one of an earlier stage that has taken a job just then sends without looking at the context.
func TestLongPipeline(t *testing.T) {
	const stages, workers, jobs = 4, 3, 12
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	in := make(chan int)
	first := in
	for stage := range stages {
		out := make(chan int, 1)
		var wg sync.WaitGroup
		for range workers {
			wg.Add(1)
			from := in
			go func() {
				defer wg.Done()
				for {
					select {
					case <-ctx.Done():
						return
					case job, ok := <-from:
						if !ok {
							return
						}
						if stage == 1 && job == jobs-1 {
							out <- job
							continue
						}
						select {
						case out <- job:
						case <-ctx.Done():
							return
						}
					}
				}
			}()
		}
		go func() { wg.Wait(); close(out) }()
		in = out
	}
	go func() {
		defer close(first)
		for job := range jobs {
			select {
			case first <- job:
			case <-ctx.Done():
				return
			}
		}
	}()
	seen := 0
	for range in {
		if seen++; seen == jobs-2 {
			cancel()
			break
		}
	}
}
