package large

import (
	"sync"
	"sync/atomic"
	"testing"
)

// Eight clients of three leased shards. Who has read the term of a shard writes to it if the shard is free, although the
// term may have changed twice since: a write of an old term behind one of a newer one is the bug.
type shard struct {
	mu     sync.Mutex
	term   atomic.Int32
	holder atomic.Int32
	last   int32
	stale  bool
}

func (s *shard) write(term int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if term+2 < s.last {
		s.stale = true
	}
	s.last = max(s.last, term)
}

func TestStaleLease(t *testing.T) {
	const clients, rounds = 8, 4
	var shards [3]shard
	var served atomic.Int32
	var wg sync.WaitGroup
	for client := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for round := range rounds {
				s := &shards[(client+round)%len(shards)]
				term := s.term.Load()
				served.Add(1)
				if s.holder.CompareAndSwap(0, int32(client+1)) {
					s.write(term)
					s.term.Store(term + 1)
					s.holder.Store(0)
				}
				served.Add(1)
			}
		}()
	}
	wg.Wait()
	for i := range shards {
		if shards[i].stale {
			t.Error("a stale write")
		}
	}
}
