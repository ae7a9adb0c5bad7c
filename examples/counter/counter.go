// Package counter counts page views from many goroutines.
package counter

import "sync"

// Views counts without a lock: two visits at once can count as one.
type Views struct{ n int }

// Visit counts one view.
func (v *Views) Visit() { v.n++ }

// Count returns the views so far.
func (v *Views) Count() int { return v.n }

// FixedViews counts under a lock.
type FixedViews struct {
	mu sync.Mutex
	n  int
}

// Visit counts one view.
func (v *FixedViews) Visit() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.n++
}

// Count returns the views so far.
func (v *FixedViews) Count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.n
}
