package rewrite

import (
	"bytes"
	"slices"
	"strings"
)

// An edits buffer collects changes to one file by byte offset and applies them all at once. Wrappings
// nest: at one offset what ends there closes from the inside out, then point insertions follow in the
// order they were made, then what begins there opens from the outside in.
type edits struct {
	source []byte
	pieces []piece
	sorted bool
}

// The classes of pieces in the order in which they are written at one offset.
const (
	closing = iota
	point
	opening
	replacing
)

// A piece is text that goes in at an offset; start and end are the extent of the edit it belongs to.
type piece struct {
	offset, class int
	start, end    int
	order         int
	text          func() string
}

func (e *edits) add(offset, class, start, end, order int, text func() string) {
	e.pieces = append(e.pieces, piece{offset, class, start, end, order, text})
	e.sorted = false
}

func constant(text string) func() string { return func() string { return text } }

// wrap puts open before and shut after a range. Of two wrappings with the same range the first is the outer one.
func (e *edits) wrap(start, end int, open, shut string) {
	order := len(e.pieces)
	if open != "" {
		e.add(start, opening, start, end, order, constant(open))
	}
	if shut != "" {
		e.add(end, closing, start, end, order, constant(shut))
	}
}

func (e *edits) insert(at int, text string) {
	e.add(at, point, at, at, len(e.pieces), constant(text))
}

// replace puts text in the place of a range. Newlines of the range are kept behind the text, which
// therefore must end where a line may end.
func (e *edits) replace(start, end int, text string) { e.replaceLater(start, end, constant(text)) }

// replaceLater is replace for a text that itself needs rendered parts of the source.
func (e *edits) replaceLater(start, end int, text func() string) {
	e.replaceAround(start, end, text, constant(""))
}

// replaceAround is replace with the newlines kept between two texts.
func (e *edits) replaceAround(start, end int, before, after func() string) {
	lines := bytes.Count(e.source[start:end], []byte{'\n'})
	e.add(start, replacing, start, end, len(e.pieces), func() string { return before() + strings.Repeat("\n", lines) + after() })
}

func (e *edits) hasNewline(start, end int) bool {
	return bytes.IndexByte(e.source[start:end], '\n') >= 0
}

func (e *edits) sort() {
	slices.SortFunc(e.pieces, func(a, b piece) int {
		if a.offset != b.offset {
			return a.offset - b.offset
		}
		if a.class != b.class {
			return a.class - b.class
		}
		switch {
		case a.class == closing && a.start != b.start:
			return b.start - a.start
		case a.class == closing:
			return b.order - a.order
		case a.class == opening && a.end != b.end:
			return b.end - a.end
		}
		return a.order - b.order
	})
	e.sorted = true
}

// render gives a range of the source with the edits that lie wholly inside it.
func (e *edits) render(start, end int) string {
	if !e.sorted {
		e.sort()
	}
	first, _ := slices.BinarySearchFunc(e.pieces, start, func(p piece, at int) int { return p.offset - at })
	replaced := map[int]int{} // where a range that is replaced begins → where it ends
	for _, p := range e.pieces[first:] {
		if p.offset > end {
			break
		}
		if p.class == replacing && p.end <= end {
			replaced[p.start] = p.end
		}
	}
	var out strings.Builder
	position, gone, resumed := start, start, start // [gone, resumed) is the latest range that was replaced
	for _, p := range e.pieces[first:] {
		if p.offset > end {
			break
		}
		if p.start < start || p.end > end || p.offset < position || gone < p.start && p.start < resumed {
			continue
		}
		if p.class == opening && p.end < replaced[p.start] {
			continue // what it wraps is replaced together with what stands behind it
		}
		out.Write(e.source[position:p.offset])
		position = p.offset
		out.WriteString(p.text())
		if p.class == replacing {
			gone, resumed, position = p.start, p.end, p.end
		}
	}
	out.Write(e.source[position:end])
	return out.String()
}
