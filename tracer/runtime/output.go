package lockstep

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

const traceVersion = 1

type headerGoroutine struct {
	Path string `json:"path"`
	Site uint32 `json:"site"`
	Test string `json:"test,omitempty"`
}

type headerObject struct {
	Kind     string `json:"kind"`
	Site     uint32 `json:"site"`
	Capacity *int   `json:"capacity,omitempty"`
	Region   *int   `json:"region,omitempty"`
	Offset   int    `json:"offset,omitempty"`
}

type traceHeader struct {
	Version    int               `json:"version"`
	Mode       string            `json:"mode"`
	Package    string            `json:"package"`
	Test       string            `json:"test"`
	Seed       string            `json:"seed"`
	Strategy   string            `json:"strategy"`
	Outcome    string            `json:"outcome"`
	Returned   bool              `json:"returned"`
	Foreign    bool              `json:"foreign"`
	Early      bool              `json:"early"`
	Ahead      int64             `json:"ahead,omitempty"`
	Events     int               `json:"events"`
	Dropped    int               `json:"dropped"`
	Message    string            `json:"message,omitempty"`
	Goroutines []headerGoroutine `json:"goroutines"`
	Objects    []headerObject    `json:"objects"`
	Sites      []struct{}        `json:"sites"`
	SiteIDs    []uint32          `json:"siteIds"`
	Frames     []headerFrame     `json:"frames,omitempty"`
}

// siteTable numbers site ids in the order of their first use.
type siteTable struct {
	ids     []uint32
	indices table[uint64, uint32]
}

func (t *siteTable) index(id uint32) uint32 {
	if id == none || id == 0 {
		return none
	}
	index, known := t.indices.find(uint64(id))
	if !known {
		index = uint32(len(t.ids))
		t.indices.put(uint64(id), index)
		t.ids = append(t.ids, id)
	}
	return index
}

// writtenEvents bounds the events that are encoded at once: the memory of a long trace is taken once, not twice.
const writtenEvents = 1 << 12

// writeTrace writes the trace file (layout: protocol/trace.ts).
func (r *run) writeTrace(to io.Writer) error {
	sites := &siteTable{}
	h := traceHeader{
		Version: traceVersion, Mode: r.process.config.Mode, Package: r.process.config.Package, Test: r.test,
		Seed: strconv.FormatUint(r.seed, 10), Strategy: r.process.config.Strategy, Outcome: r.outcome,
		Returned: r.returned, Foreign: r.foreign, Early: r.early, Ahead: r.ahead / int64(time.Millisecond),
		Events: len(r.events), Dropped: r.dropped,
		Message: r.message, Sites: []struct{}{}, Goroutines: []headerGoroutine{}, Objects: []headerObject{},
	}
	for _, g := range r.routines {
		h.Goroutines = append(h.Goroutines, headerGoroutine{g.path, sites.index(g.site), g.test})
	}
	places := r.places()
	for i, record := range r.records {
		object := headerObject{Kind: objectKindNames[record.kind], Site: sites.index(record.site)}
		if record.kind == kindChannel {
			object.Capacity = &record.capacity
		}
		if places[i].region >= 0 {
			object.Region, object.Offset = &places[i].region, places[i].offset
		}
		h.Objects = append(h.Objects, object)
	}
	for _, e := range r.events {
		sites.index(e.site) // the header has them all
	}
	h.SiteIDs = sites.ids
	var shown []uint32
	if r.stacks != nil {
		h.Frames, shown = r.stacks.written()
	}
	header, err := json.Marshal(h)
	if err != nil {
		return err
	}
	for len(header)%8 != 0 {
		header = append(header, ' ')
	}
	out := append([]byte("LOCKSTEP"), binary.LittleEndian.AppendUint32(nil, traceVersion)...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(header)))
	out = append(out, header...)
	for events := range slices.Chunk(r.events, writtenEvents) {
		if _, err := to.Write(out); err != nil {
			return err
		}
		out = out[:0]
		for _, e := range events {
			out = appendRecord(out, &e, sites)
		}
	}
	if len(h.Frames) > 0 {
		out = r.stacks.appendStacks(out, shown)
	}
	_, err = to.Write(out)
	return err
}

func (r *run) stepOf(s taken) step {
	made := step{G: r.routines[s.g].path, Op: operationNames[s.op], Site: s.site}
	if s.site == none {
		made.Site = 0
	}
	if s.kase >= 0 {
		kase := int(s.kase)
		made.Case = &kase
	}
	return made
}

func (r *run) writeSchedule(to io.Writer) error {
	steps := make([]step, len(r.steps))
	for i, s := range r.steps {
		steps[i] = r.stepOf(s)
		at := int(s.events)
		steps[i].At = &at
	}
	schedule := map[string]any{
		"version": 1, "seed": strconv.FormatUint(r.seed, 10), "strategy": r.process.config.Strategy,
		"preemptions": r.preemptions, "epoch": strconv.FormatInt(r.process.epoch, 10), "steps": steps,
		"maxSteps": r.process.config.MaxSteps,
	}
	if r.clock.still {
		schedule["still"] = true
	}
	if points := r.process.config.Points; len(points) > 0 {
		schedule["points"] = points
	}
	return json.NewEncoder(to).Encode(schedule)
}

// writeRun writes trace and schedule of the run, and its line in the results.
func (p *process) writeRun(r *run) {
	name := strconv.Itoa(r.index)
	line := map[string]any{
		"type": "run", "test": r.test, "index": r.index, "seed": strconv.FormatUint(r.seed, 10), "outcome": r.outcome,
		"returned": r.returned, "foreign": r.foreign, "early": r.early, "steps": len(r.steps), "preemptions": r.preemptions,
	}
	if err := p.writeFiles(r, name, line); err != nil {
		fmt.Fprintln(os.Stderr, "lockstep: cannot write what happened:", err)
		os.Exit(2)
	}
	if r.races > 0 {
		if err := os.WriteFile(filepath.Join(p.config.Out, name+".races"), r.raceText, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "lockstep: cannot write race reports:", err)
			os.Exit(2)
		}
		line["races"] = name + ".races"
	}
	if r.testSkipped != nil {
		line["failed"], line["skipped"] = r.testFailed(), r.testSkipped()
	}
	if r.message != "" {
		line["message"] = r.message
	}
	if r.stack != "" {
		line["stack"] = r.stack
	}
	if r.outcome == "blocked" {
		line["stacks"] = r.blockedStacks()
	}
	if r.divergedAt >= 0 {
		line["divergedAt"] = r.divergedAt
	}
	if r.profile != nil {
		line["leakProfile"] = r.profile
	}
	p.write(line)
}

// writeFiles writes trace and schedule, and in the run's line where they are.
func (p *process) writeFiles(r *run, name string, line map[string]any) error {
	if !p.config.Together {
		line["trace"], line["schedule"] = name+".trace", name+".schedule.json"
		return errors.Join(
			writeFile(filepath.Join(p.config.Out, name+".trace"), r.writeTrace),
			writeFile(filepath.Join(p.config.Out, name+".schedule.json"), r.writeSchedule),
		)
	}
	if p.runs == nil {
		file, err := os.Create(filepath.Join(p.config.Out, runsName))
		if err != nil {
			return err
		}
		p.runs = &runsFile{file: file}
	}
	trace, err := p.runs.part(r.writeTrace)
	if err != nil {
		return err
	}
	schedule, err := p.runs.part(r.writeSchedule)
	line["trace"], line["schedule"] = runsName, runsName
	line["parts"] = map[string][2]int64{"trace": trace, "schedule": schedule}
	return err
}

const runsName = "runs"

// runsFile holds traces and schedules one after the other.
type runsFile struct {
	file *os.File
	size int64
}

func (f *runsFile) Write(bytes []byte) (int, error) {
	n, err := f.file.Write(bytes)
	f.size += int64(n)
	return n, err
}

// part gives where the part begins and how long it is.
func (f *runsFile) part(write func(io.Writer) error) ([2]int64, error) {
	begin := f.size
	err := write(f)
	return [2]int64{begin, f.size - begin}, err
}

func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}

func panicText(value any) string {
	switch v := value.(type) {
	case error:
		return v.Error()
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
