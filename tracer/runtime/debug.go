package lockstep

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// A replay under a debugger stops where what was found is to be seen: in a goroutine that waits for ever, before the second
// of two accesses, where a panic or a failure is on its way. It does so by runtime.Breakpoint, which every debugger knows.

type debugging struct {
	Sentence   string            `json:"sentence"`
	Goroutines []string          `json:"goroutines"`
	Access     *debugAccess      `json:"access"`
	Failure    bool              `json:"failure"`
	Places     map[uint32]string `json:"places"`
}

type debugAccess struct {
	G    string `json:"g"`
	Site uint32 `json:"site"`
	Nth  int    `json:"nth"`
}

// stopHere says why and hands over to the debugger, which shows the caller's stack. Once in a run.
//
//go:noinline
func (r *run) stopHere(why string) {
	r.stopped = true
	r.tellGoroutines()
	fmt.Fprintln(os.Stderr, "Lockstep: "+why)
	runtime.Breakpoint()
}

// tellGoroutines writes who is who, for lists of goroutines.
func (r *run) tellGoroutines() {
	type told struct {
		Number uint64 `json:"number"`
		Path   string `json:"path"`
		Waits  string `json:"waits"`
	}
	all := []told{}
	for _, g := range r.routines[1:] {
		if g.status == statusDone || g.gp == nil {
			continue
		}
		one := told{Number: goroutineNumber(g.gp), Path: g.path}
		if g.status == statusBlocked {
			one.Waits = "waits to " + operationNames[g.waitOp] + r.process.config.place(g.waitSite)
		}
		all = append(all, one)
	}
	text, err := json.Marshal(all)
	if err == nil {
		err = os.WriteFile(filepath.Join(r.process.config.Out, "goroutines.json"), text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lockstep: cannot say which goroutine is which:", err)
	}
}

// stopBefore stops before the access that was asked for.
func (r *run) stopBefore(g *routine, site uint32) {
	access := r.process.config.Debug.Access
	if access == nil || r.stopped || access.Site != site || access.G != g.path {
		return
	}
	if r.accesses++; r.accesses == access.Nth {
		r.stopHere(r.process.config.Debug.Sentence)
	}
}

// stopAtEnd stops a run that cannot go on: in a goroutine that waits for ever where that was found, which then never comes
// back here, else in the caller.
func (r *run) stopAtEnd() {
	d := r.process.config.Debug
	if d == nil || r.stopped {
		return
	}
	switch r.outcome {
	case "diverged":
		r.stopHere("the run has taken another course than the one that was found: " + r.message)
	case "panic", "limit", "hang":
		r.stopHere(d.Sentence)
	default:
		g := r.waiting(d.Goroutines)
		if g == nil || g.gp == currentGoroutine() {
			r.stopHere(d.Sentence)
			return
		}
		r.showing = true
		goready(g.gp, 1)
		select {} // g ends the process
	}
}

// show is what the goroutine that stopAtEnd has chosen does where it waits.
func (r *run) show() {
	r.stopHere(r.process.config.Debug.Sentence)
	r.process.close(r)
	r.process.exit()
}

// waiting gives the first of the goroutines, or else any, that waits for ever.
func (r *run) waiting(paths []string) *routine {
	for _, path := range append(paths, "") {
		for _, g := range r.routines[1:] {
			if g.status == statusBlocked && (path == "" || g.path == path) {
				return g
			}
		}
	}
	return nil
}

// sayMissed says that the run has come to its end and stopped nowhere.
func (r *run) sayMissed() {
	if r.process.config.Debug != nil && !r.stopped {
		fmt.Fprintf(os.Stderr, "Lockstep: the run has ended (%s) without a stop at what was found: %s\n", r.outcome, r.process.config.Debug.Sentence)
	}
}

// place gives ` (a.go:7)` where the engine has said what stands at the site.
func (c *configuration) place(site uint32) string {
	if c.Debug != nil {
		if place := c.Debug.Places[site]; place != "" {
			return " (" + place + ")"
		}
	}
	return fmt.Sprintf(" (site %d)", site)
}
