package lockstep

import (
	"io"
	"runtime/pprof"
	"slices"
	"testing"
)

// In a program that is built with the overlay runtime/pprof does this.
func init() {
	if profile := pprof.Lookup("goroutineleak"); profile != nil {
		LeakGC = func() { profile.WriteTo(io.Discard, 2) }
	}
}

// Go's goroutine leak profile is asked of runs that end with goroutines blocked for ever, where Go has it.
func TestLeakProfile(t *testing.T) {
	if theProcess != nil {
		t.Skip("this process is one of the programs")
	}
	for _, c := range []struct {
		program      string
		leaked, kept []string
	}{
		{"TestProgramLeaks", []string{"1.1", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8"}, []string{"1.2", "1.9"}},
		{"TestProgramStuckWithProfile", []string{"1", "1.1"}, []string{}},
		{"TestProgramABBA", []string{"1", "1.1"}, []string{}},
		{"TestProgramParallelLeak", []string{"1.2.1"}, []string{}},
	} {
		t.Run(c.program, func(t *testing.T) {
			runs, _, _ := explore(t, c.program, map[string]any{"leakProfile": true})
			if len(runs) == 0 {
				t.Fatal("nothing was found")
			}
			found := runs[len(runs)-1]
			if found.Outcome != "blocked" {
				t.Fatalf("outcome %s", found.Outcome)
			}
			if LeakGC == nil {
				if found.Profile != nil {
					t.Errorf("a profile that this Go does not have: %v", found.Profile)
				}
				return
			}
			if found.Profile == nil || !slices.Equal(found.Profile.Leaked, c.leaked) || !slices.Equal(found.Profile.Kept, c.kept) {
				t.Errorf("profile %+v", found.Profile)
			}
		})
	}
}
