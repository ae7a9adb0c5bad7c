// Package programs has what bench/tracing.mjs measures: each test does one kind of operation very often.
package programs

import (
	"sync"
	"sync/atomic"
	"testing"
)

const rounds = 50_000

func TestPingPong(t *testing.T) {
	there, back := make(chan int), make(chan int)
	go func() {
		for n := range there {
			back <- n + 1
		}
		close(back)
	}()
	for n := range rounds {
		there <- n
		if got := <-back; got != n+1 {
			t.Fatalf("got %d for %d", got, n)
		}
	}
	close(there)
}

func TestPipeline(t *testing.T) {
	numbers, squares := make(chan int, 64), make(chan int, 64)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for n := range numbers {
				squares <- n * n
			}
		})
	}
	go func() {
		for n := range rounds {
			numbers <- n
		}
		close(numbers)
		workers.Wait()
		close(squares)
	}()
	count := 0
	for range squares {
		count++
	}
	if count != rounds {
		t.Fatalf("%d squares of %d numbers", count, rounds)
	}
}

func TestMutex(t *testing.T) {
	var mu sync.Mutex
	var workers sync.WaitGroup
	count := 0
	for range 4 {
		workers.Go(func() {
			for range rounds / 4 {
				mu.Lock()
				count++
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	if count != rounds/4*4 {
		t.Fatal(count)
	}
}

func TestSelect(t *testing.T) {
	left, right, done := make(chan int), make(chan int), make(chan bool)
	for _, ch := range []chan int{left, right} {
		go func() {
			for n := range rounds / 2 {
				ch <- n
			}
			done <- true
		}()
	}
	sum := 0
	for ended := 0; ended < 2; {
		select {
		case n := <-left:
			sum += n
		case n := <-right:
			sum -= n
		case <-done:
			ended++
		}
	}
	if sum != 0 {
		t.Fatal(sum)
	}
}

func TestAtomic(t *testing.T) {
	var count atomic.Int64
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for range rounds {
				count.Add(1)
			}
		})
	}
	workers.Wait()
	if count.Load() != 4*rounds {
		t.Fatal(count.Load())
	}
}

// TestShared reads and writes memory that goroutines share, with hardly any synchronisation.
func TestShared(t *testing.T) {
	table := make([]int, 1024)
	var workers sync.WaitGroup
	for part := range 4 {
		workers.Go(func() {
			mine := table[part*256 : (part+1)*256]
			for n := range rounds * 4 {
				mine[n%256] += n
			}
		})
	}
	workers.Wait()
	if table[255] == 0 {
		t.Fatal("nothing was written")
	}
}
