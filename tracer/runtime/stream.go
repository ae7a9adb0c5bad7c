package lockstep

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"unsafe"
)

// A process that dies takes what it knows of its run with it. A run that is streamed is written as it goes, each
// choice before it is acted on, so that engine/run/streamed.ts can put the trace and the schedule together from
// `<n>.stream` (JSON, one a line: streamLine) and `<n>.events` (the records of the trace file).

// Goroutines take turns here whose order a race detector is not told of: what is written is put together without
// encoding/json, whose code it watches, and each line in memory of its own.

type stream struct {
	r              *run
	lines, records *os.File
	sites          siteTable
	// What has been written of the tables.
	ids, routines, objects int
	tests                  []string
	foreign                bool
}

// startStream begins the stream of a run; only the newest of a process is kept.
func (r *run) startStream() {
	name := filepath.Join(r.process.config.Out, strconv.Itoa(r.index))
	lines, err := os.Create(name + ".stream")
	s := &stream{r: r, lines: lines}
	if err == nil {
		s.records, err = os.Create(name + ".events")
	}
	s.check(err)
	r.stream = s
	config := r.process.config
	run := newLine().begin("run").text("seed", strconv.FormatUint(r.seed, 10)).text("strategy", config.Strategy).
		text("epoch", strconv.FormatInt(r.process.epoch, 10)).number("maxSteps", config.MaxSteps)
	if r.clock.still {
		run = run.truth("still")
	}
	s.write(run.end())
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

func (s *stream) write(l line) {
	_, err := s.lines.Write(append(l.end(), '\n'))
	s.check(err)
}

// tables writes what has been added to the tables that records refer to.
func (s *stream) tables() {
	r := s.r
	for ; s.routines < len(r.routines); s.routines++ {
		g := r.routines[s.routines]
		s.tests = append(s.tests, g.test)
		s.write(newLine().begin("goroutine").text("path", g.path).number("site", int(s.sites.index(g.site))).end())
		if g.test != "" {
			s.named(s.routines, g.test)
		}
	}
	for ; s.objects < len(r.records); s.objects++ {
		record := r.records[s.objects]
		object := newLine().begin("object").text("kind", objectKindNames[record.kind]).
			number("site", int(s.sites.index(record.site)))
		if record.kind == kindChannel {
			object = object.number("capacity", record.capacity)
		}
		s.write(object.end())
	}
	for ; s.ids < len(s.sites.ids); s.ids++ {
		s.write(newLine().number("siteId", int(s.sites.ids[s.ids])))
	}
	if r.foreign && !s.foreign {
		s.foreign = true
		s.write(newLine().truth("foreign"))
	}
}

func (s *stream) named(index int, test string) {
	s.tests[index] = test
	s.write(newLine().begin("named").number("index", index).text("test", test).end())
}

// event writes an event that is new or has changed.
func (s *stream) event(index uint32) {
	e := &s.r.events[index]
	record := appendRecord(make([]byte, 0, recordBytes), e, &s.sites)
	s.tables()
	if at := int(e.goroutine); s.tests[at] != s.r.routines[at].test {
		s.named(at, s.r.routines[at].test)
	}
	_, err := s.records.WriteAt(record, int64(index)*int64(recordBytes))
	s.check(err)
}

// step writes the newest choice.
func (s *stream) step() {
	s.tables()
	made := s.r.stepOf(s.r.steps[len(s.r.steps)-1])
	s.write(newLine().begin("step").text("g", made.G).text("op", made.Op).number("site", int(made.Site)).end().
		number("preempted", s.r.preemptions))
}

// kase writes the case of the select that the newest choice led to.
func (s *stream) kase(index int) { s.write(newLine().number("case", index)) }

// line is a JSON object that is being written.
type line []byte

func newLine() line { return append(make(line, 0, 96), '{') }

func (l line) name(name string) line {
	if l[len(l)-1] != '{' {
		l = append(l, ',')
	}
	return append(append(append(l, '"'), name...), '"', ':')
}

func (l line) number(name string, value int) line {
	return strconv.AppendInt(l.name(name), int64(value), 10)
}

func (l line) truth(name string) line { return append(l.name(name), "true"...) }

func (l line) text(name, value string) line {
	l = append(l.name(name), '"')
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"', c == '\\':
			l = append(l, '\\', c)
		case c < ' ':
			const hex = "0123456789abcdef"
			l = append(l, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			l = append(l, c)
		}
	}
	return append(l, '"')
}

func (l line) begin(name string) line { return append(l.name(name), '{') }

func (l line) end() line { return append(l, '}') }

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
