package counter

import (
	"sync"
	"testing"
)

func TestViews(t *testing.T) {
	var views Views
	var visitors sync.WaitGroup
	for range 2 {
		visitors.Add(1)
		go func() {
			defer visitors.Done()
			views.Visit()
		}()
	}
	visitors.Wait()
	t.Logf("%d views", views.Count())
}

func TestFixedViews(t *testing.T) {
	var views FixedViews
	var visitors sync.WaitGroup
	for range 2 {
		visitors.Add(1)
		go func() {
			defer visitors.Done()
			views.Visit()
		}()
	}
	visitors.Wait()
	if views.Count() != 2 {
		t.Errorf("%d views of 2 visitors", views.Count())
	}
}
