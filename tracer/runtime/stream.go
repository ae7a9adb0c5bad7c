package lockstep

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"unsafe"
)

// A process that dies takes what it knows of its run with it. A run that is streamed is written as it goes, each
// choice before it is acted on, so that engine/streamed.ts can put the trace and the schedule together from
// `<n>.stream` (JSON, one a line: streamLine) and `<n>.events` (the records of the trace file).

type stream struct {
	r              *run
	lines, records *os.File
	encoder        *json.Encoder
	sites          *siteTable
	// What has been written of the tables.
	ids, routines, objects int
	tests                  []string
	foreign                bool
}

type streamLine struct {
	Run       *streamedRun     `json:"run,omitempty"`
	SiteID    *uint32          `json:"siteId,omitempty"`
	Goroutine *headerGoroutine `json:"goroutine,omitempty"`
	Named     *namedGoroutine  `json:"named,omitempty"`
	Object    *headerObject    `json:"object,omitempty"`
	Step      *step            `json:"step,omitempty"`
	Preempted int              `json:"preempted,omitempty"` // with a step: preemptions before it
	Case      *int             `json:"case,omitempty"`      // of the select that the last step led to
	Foreign   bool             `json:"foreign,omitempty"`
}

type streamedRun struct {
	Seed     string `json:"seed"`
	Strategy string `json:"strategy"`
	Epoch    string `json:"epoch"`
	MaxSteps int    `json:"maxSteps"`
}

// namedGoroutine gives a goroutine of the table the subtest that it turned out to run.
type namedGoroutine struct {
	Index int    `json:"index"`
	Test  string `json:"test"`
}

// startStream begins the stream of a run; only the newest of a process is kept.
func (r *run) startStream() {
	name := filepath.Join(r.process.config.Out, strconv.Itoa(r.index))
	lines, err := os.Create(name + ".stream")
	s := &stream{r: r, lines: lines, sites: &siteTable{indices: make(map[uint32]uint32)}}
	if err == nil {
		s.records, err = os.Create(name + ".events")
	}
	s.check(err)
	s.encoder = json.NewEncoder(lines)
	r.stream = s
	s.write(streamLine{Run: &streamedRun{
		strconv.FormatUint(r.seed, 10), r.process.config.Strategy, strconv.FormatInt(r.process.epoch, 10),
		r.process.config.MaxSteps,
	}})
}

// end takes the stream back of a run that ended in an orderly way.
func (s *stream) end() {
	for _, file := range []*os.File{s.lines, s.records} {
		file.Close()
		os.Remove(file.Name())
	}
}

func (s *stream) check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "lockstep: cannot write a run as it goes:", err)
		os.Exit(2)
	}
}

func (s *stream) write(line streamLine) { s.check(s.encoder.Encode(line)) }

// tables writes what has been added to the tables that records refer to.
func (s *stream) tables() {
	r := s.r
	for ; s.routines < len(r.routines); s.routines++ {
		g := r.routines[s.routines]
		s.tests = append(s.tests, g.test)
		s.write(streamLine{Goroutine: &headerGoroutine{g.path, s.sites.index(g.site), g.test}})
	}
	for ; s.objects < len(r.records); s.objects++ {
		record := r.records[s.objects]
		object := headerObject{Kind: objectKindNames[record.kind], Site: s.sites.index(record.site)}
		if record.kind == kindChannel {
			object.Capacity = &record.capacity
		}
		s.write(streamLine{Object: &object})
	}
	for ; s.ids < len(s.sites.ids); s.ids++ {
		s.write(streamLine{SiteID: &s.sites.ids[s.ids]})
	}
	if r.foreign != s.foreign {
		s.foreign = r.foreign
		s.write(streamLine{Foreign: true})
	}
}

// event writes an event that is new or has changed.
func (s *stream) event(index uint32) {
	e := &s.r.events[index]
	record := appendRecord(make([]byte, 0, recordBytes), e, s.sites)
	if g := s.r.routines[e.goroutine]; int(e.goroutine) < s.routines && s.tests[e.goroutine] != g.test {
		s.tests[e.goroutine] = g.test
		s.write(streamLine{Named: &namedGoroutine{int(e.goroutine), g.test}})
	}
	s.tables()
	_, err := s.records.WriteAt(record, int64(index)*int64(recordBytes))
	s.check(err)
}

// step writes the newest choice.
func (s *stream) step() {
	s.tables()
	made := s.r.stepOf(s.r.steps[len(s.r.steps)-1])
	s.write(streamLine{Step: &made, Preempted: s.r.preemptions})
}

const recordBytes = int(unsafe.Sizeof(event{}))

func appendRecord(out []byte, e *event, sites *siteTable) []byte {
	for _, word := range [...]uint32{
		e.head, e.goroutine, e.object, sites.index(e.site), e.partner, uint32(e.argument),
		uint32(uint64(e.time)), uint32(uint64(e.time) >> 32),
	} {
		out = binary.LittleEndian.AppendUint32(out, word)
	}
	return out
}
