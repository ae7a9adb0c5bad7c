package lockstep

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// The Go mirror of protocol/run.ts and protocol/schedule.ts.

const configVariable = "LOCKSTEP_CONFIG"

type step struct {
	G    string `json:"g"`
	Op   string `json:"op"`
	Site uint32 `json:"site"`
	Case *int   `json:"case,omitempty"`
	// It goes on with what it had to wait for. Only in orders to follow.
	Again bool `json:"again,omitempty"`
	At    *int `json:"at,omitempty"` // written, not read
}

type switchDirective struct {
	From  string `json:"from"`
	After int    `json:"after"`
	To    string `json:"to"`
	Later bool   `json:"later"`
}

type caseDirective struct {
	G    string `json:"g"`
	At   int    `json:"at"`
	Case int    `json:"case"`
}

type target struct {
	Kind  string   `json:"kind"`
	Sites []uint32 `json:"sites"`
}

type directive struct {
	Switches []switchDirective `json:"switches"`
	Cases    []caseDirective   `json:"cases"`
}

type configuration struct {
	Version             int         `json:"version"`
	Mode                string      `json:"mode"`
	Strategy            string      `json:"strategy"`
	Package             string      `json:"package"`
	Test                string      `json:"test"`
	Seed                string      `json:"seed"`
	First               int         `json:"first"`
	Iterations          int         `json:"iterations"`
	Milliseconds        int         `json:"milliseconds"`
	OverrunMilliseconds int         `json:"overrunMilliseconds"`
	MaxSteps            int         `json:"maxSteps"`
	ForeignMilliseconds int         `json:"foreignMilliseconds"`
	Out                 string      `json:"out"`
	TraceEvery          int         `json:"traceEvery"`
	TraceFirst          int         `json:"traceFirst"`
	Together            bool        `json:"together"`
	Epoch               string      `json:"epoch"`
	Points              []uint32    `json:"points"`
	Targets             []target    `json:"targets"`
	Without             []string    `json:"without"`
	Steps               []step      `json:"steps"`
	State               string      `json:"state"`
	Still               bool        `json:"still"`
	Directives          []directive `json:"directives"`
	Orders              [][]step    `json:"orders"`
	Lifeline            int         `json:"lifeline"`
	Stream              bool        `json:"stream"`
	Profile             bool        `json:"leakProfile"`
	Stacks              bool        `json:"stacks"`
	Debug               *debugging  `json:"debug"`

	seed  uint64
	epoch int64
}

// What `without` can name: STRATEGY_PARTS of protocol/run.ts.
const (
	withoutFeedback   = "feedback"
	withoutMutation   = "mutation"
	withoutPrediction = "prediction"
	withoutProof      = "proof"
	withoutReduction  = "reduction"
)

func (c *configuration) lacks(part string) bool { return oneOf(c.Without, part) }

// readConfiguration gives nil when the process was not started by the engine.
func readConfiguration() (*configuration, error) {
	name := os.Getenv(configVariable)
	if name == "" {
		return nil, nil
	}
	os.Unsetenv(configVariable) // children of the test are not ours
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	c := &configuration{MaxSteps: usualSteps, ForeignMilliseconds: 1_000, Iterations: 1}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if c.Version != 1 {
		return nil, fmt.Errorf("%s: version %d is not known; build the test again with the same Lockstep", name, c.Version)
	}
	if c.Strategy == "directed" && len(c.Directives) < c.Iterations {
		return nil, fmt.Errorf("%s: %d directives for %d iterations", name, len(c.Directives), c.Iterations)
	}
	if n := len(c.Orders); n > 0 && n < c.Iterations {
		return nil, fmt.Errorf("%s: %d orders for %d iterations", name, n, c.Iterations)
	}
	if c.seed, err = strconv.ParseUint(c.Seed, 10, 64); err != nil {
		return nil, fmt.Errorf("%s: seed %q is not a number", name, c.Seed)
	}
	if c.Epoch != "" {
		if c.epoch, err = strconv.ParseInt(c.Epoch, 10, 64); err != nil {
			return nil, fmt.Errorf("%s: epoch %q is not a number", name, c.Epoch)
		}
	}
	return c, c.pointAtTargets()
}

// pointAtTargets makes the sites of targets scheduling points: there is nobody to hold back where nobody pauses.
func (c *configuration) pointAtTargets() error {
	for _, t := range c.Targets {
		if len(t.Sites) < 2 || t.Kind != targetLockCycle && t.Kind != targetRace && t.Kind != targetOrder {
			return fmt.Errorf("a target of kind %q with %d sites is not known", t.Kind, len(t.Sites))
		}
		for _, site := range t.Sites {
			if !oneOf(c.Points, site) {
				c.Points = append(c.Points, site)
			}
		}
	}
	return nil
}
