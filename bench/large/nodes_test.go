package large

import (
	"sync"
	"sync/atomic"
	"testing"
)

// Four users of a lock-free list of six reused nodes, who also count what they do (the ABA problem).
type pool struct {
	head  atomic.Int32
	next  [6]atomic.Int32
	users [6]atomic.Int32
	done  atomic.Int32
	twice atomic.Bool
}

func (p *pool) pop() int32 {
	for {
		head := p.head.Load()
		if head == 0 {
			return 0
		}
		if p.head.CompareAndSwap(head, p.next[head-1].Load()) {
			if p.users[head-1].Add(1) > 1 {
				p.twice.Store(true)
			}
			return head
		}
	}
}

func (p *pool) push(n int32) {
	if n == 0 {
		return
	}
	p.users[n-1].Add(-1)
	for {
		head := p.head.Load()
		p.next[n-1].Store(head)
		if p.head.CompareAndSwap(head, n) {
			return
		}
	}
}

func TestManyNodes(t *testing.T) {
	p := &pool{}
	for i := range p.next {
		p.next[i].Store(int32(i))
	}
	p.head.Store(int32(len(p.next)))
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 3 {
				a := p.pop()
				p.done.Add(1)
				b := p.pop()
				p.push(a)
				p.done.Add(1)
				p.push(b)
			}
		}()
	}
	wg.Wait()
	if p.twice.Load() {
		t.Error("a node was given out twice")
	}
}
