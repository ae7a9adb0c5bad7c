package lockstep

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// process is the state of an instrumented test binary over all its runs.
type process struct {
	config      *configuration
	planner     planner
	coverage    *coverage // nil where runs are repeated or recorded
	epoch       int64
	points      *siteSet
	started     time.Time
	began       time.Time // the first run
	iteration   int       // of the current or next run
	done        int
	recorded    int // runs of a recording that have begun
	stepsDone   int
	overrun     int                // steps of the last run, where the time was over
	counts      table[uint64, int] // by countKey
	distinct    table[uint64, struct{}]
	failed      bool // the last run's test failed: end before the next
	results     *os.File
	runs        *runsFile
	lastNote    time.Time
	processor   int // GOMAXPROCS as the user's code shall see it
	monitor     monitor
	raceReports raceReports
	events      []event
	steps       []taken
	finishing   sync.Mutex
	mark        *uint64 // the number of the current run from 1, for the engine when this process dies
}

// countKey is a site and the outcome of an operation there.
func countKey(site uint32, outcome int32) uint64 { return uint64(site)<<32 | uint64(uint32(outcome)) }

// Outcomes of an operation, counted by site; select cases are counted as their index.
const (
	countAtOnce  = -1
	countWaited  = -2
	countClosed  = -3
	countForEver = -4
	countDefault = -5
)

func outcomeName(outcome int32) string {
	switch outcome {
	case countAtOnce:
		return "at-once"
	case countWaited:
		return "waited"
	case countClosed:
		return "closed"
	case countForEver:
		return "blocked-for-ever"
	case countDefault:
		return "default"
	default:
		return "case:" + strconv.Itoa(int(outcome))
	}
}

const maxDistinct = 1 << 20

var theProcess *process

func init() {
	config, err := readConfiguration()
	if err != nil {
		fmt.Fprintln(os.Stderr, "lockstep:", err)
		os.Exit(2)
	}
	if config == nil {
		return
	}
	if !findOffsets() {
		fmt.Fprintln(os.Stderr, "lockstep: cannot tell goroutines apart with", runtime.Version())
		os.Exit(2)
	}
	findClosed()
	results, err := os.OpenFile(filepath.Join(config.Out, "results.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		fmt.Fprintln(os.Stderr, "lockstep:", err)
		os.Exit(2)
	}
	p := &process{
		config:    config,
		epoch:     config.epoch,
		started:   time.Now(),
		points:    newSiteSet(config.Points),
		iteration: config.First,
		results:   results,
		processor: runtime.GOMAXPROCS(0),
		mark:      openMark(filepath.Join(config.Out, "iteration")),
	}
	if p.epoch == 0 {
		p.epoch = time.Now().UnixNano()
	}
	if err := p.makePlanner(); err != nil {
		fmt.Fprintln(os.Stderr, "lockstep:", err)
		os.Exit(2)
	}
	theProcess = p
	p.monitor.lifeline = openLifeline(config.Lifeline)
	p.startMonitor()
	if config.Mode == "control" {
		// One goroutine runs at a time: a second processor would only look for work.
		runtime.GOMAXPROCS(1)
	}
}

func (p *process) makePlanner() error {
	if p.config.Mode != "control" { // Go decides
		p.planner = unlearning(newRandom)
		return nil
	}
	if p.planner = newPlanner(p.config); p.planner == nil {
		return fmt.Errorf("strategy %q is not known; build the test again with the same Lockstep", p.config.Strategy)
	}
	if !p.repeats() {
		p.coverage = newCoverage()
	}
	if p.config.State == "" {
		return nil
	}
	var state processState
	text, err := os.ReadFile(p.config.State)
	if err == nil {
		err = json.Unmarshal(text, &state)
	}
	if err == nil && state.Planner != nil {
		err = p.planner.resume(state.Planner)
	}
	if err != nil {
		return fmt.Errorf("cannot go on from %s: %w", p.config.State, err)
	}
	if p.coverage != nil {
		p.coverage.resume(&state.Coverage)
	}
	return nil
}

// processState is what the next process of this worker has to know.
type processState struct {
	Planner  json.RawMessage `json:"planner,omitempty"`
	Coverage coverageState   `json:"coverage"`
}

// keepState writes for the next process of this worker what was learned.
func (p *process) keepState() {
	if p.coverage == nil {
		return
	}
	state := processState{Coverage: p.coverage.state()}
	var err error
	if learned := p.planner.state(); learned != nil {
		state.Planner, err = json.Marshal(learned)
	}
	var text []byte
	if err == nil {
		text, err = json.Marshal(state)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(p.config.Out, "state.json"), text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lockstep: cannot write what was learned:", err)
		os.Exit(2)
	}
}

// traced says whether the trace of this run is wanted although nothing was found.
func (p *process) traced(index int) bool {
	at := index - p.config.First
	return at < p.config.TraceFirst || p.config.TraceEvery > 0 && at%p.config.TraceEvery == 0
}

func (r *run) count(site uint32, outcome int32) {
	switch {
	case site&internalSite != 0:
	case r.recorded:
		*r.counts.place(countKey(site, outcome))++
	default:
		*r.process.counts.place(countKey(site, outcome))++
	}
}

// due says that this process has done what it was asked for.
func (p *process) due() bool {
	if p.failed || p.iteration-p.config.First >= p.config.Iterations || p.planner.exhausted() {
		return true
	}
	return p.config.Milliseconds > 0 && time.Since(p.began) >= time.Duration(p.config.Milliseconds)*time.Millisecond
}

// overdue says that a run goes on so long after the process's time that it would soon be killed, and nothing known of it.
func (p *process) overdue(now time.Time) bool {
	c := p.config
	return c.OverrunMilliseconds > 0 && now.Sub(p.began) >= time.Duration(c.Milliseconds+c.OverrunMilliseconds)*time.Millisecond
}

// close accounts for a run that has ended.
func (p *process) close(r *run) {
	p.done++
	p.iteration++
	if p.coverage != nil {
		r.novelty = p.coverage.note(r)
	}
	p.planner.ended(r)
	if r.stream != nil {
		r.stream.end()
	}
	p.stepsDone += len(r.steps)
	if p.distinct.count < maxDistinct {
		p.distinct.put(r.hash, struct{}{})
	}
	for _, g := range r.routines[1:] {
		if g.status == statusBlocked {
			r.count(g.waitSite, countForEver)
		}
	}
	if raceDetector {
		var err error
		if r.races, r.raceText, err = p.raceReports.take(p.config.Out); err != nil {
			fmt.Fprintln(os.Stderr, "lockstep:", err)
			os.Exit(2)
		}
	}
	switch {
	case r.overrun(): // to write a long run takes long, too
		p.overrun = len(r.steps)
	case !r.unremarkable() || p.traced(r.index) || r.showsRace():
		p.writeRun(r)
	}
	p.events, p.steps = r.events, r.steps
	if time.Since(p.lastNote) > 250*time.Millisecond {
		p.summary(false)
	}
}

// unremarkable runs are not worth a line: what fails only because time ran ahead of the goroutines is no failure.
func (r *run) unremarkable() bool {
	return r.outcome == "pass" || r.outcome == "fail" && r.early
}

// overrun says that the run was ended because the time was over.
func (r *run) overrun() bool { return r.outcome == "limit" && r.overdue.Load() }

// enoughRaces is how many runs of a process are written for nothing but their races: most are the same again.
const enoughRaces = 8

func (r *run) showsRace() bool {
	return r.races > 0 && r.process.raceReports.runs <= enoughRaces
}

// finish writes what is known of the run and ends the process. It is called at most once to good effect.
func (p *process) finish(r *run) {
	p.finishing.Lock() // for ever: nobody else may finish
	theRun.Store(nil)
	r.stopAtEnd()
	p.close(r)
	p.exit()
}

func (p *process) exit() {
	p.keepState()
	p.summary(true)
	p.results.Close()
	os.Exit(0)
}

func (p *process) write(line any) {
	text, err := json.Marshal(line)
	if err == nil {
		_, err = p.results.Write(append(text, '\n'))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lockstep: cannot write results:", err)
		os.Exit(2)
	}
}

func (p *process) summary(final bool) {
	p.lastNote = time.Now()
	counts := make([][3]any, 0, p.counts.count)
	p.counts.all(func(key uint64, times int) {
		counts = append(counts, [3]any{uint32(key >> 32), outcomeName(int32(key)), times})
	})
	line := map[string]any{
		"type": "summary", "iterations": p.done, "steps": p.stepsDone, "seconds": time.Since(p.began).Seconds(),
		"counts": counts, "distinct": p.distinct.count, "final": final,
		"exhausted": p.planner.exhausted(),
	}
	if p.overrun > 0 {
		line["overrun"] = p.overrun
	}
	if a, ok := p.planner.(*auto); ok {
		line["arms"] = a.runs()
	}
	if p.coverage != nil {
		line["coverage"] = p.coverage.summary()
	}
	if s, ok := p.planner.(systematic); ok {
		line["systematic"] = s.progress()
	}
	p.write(line)
}
