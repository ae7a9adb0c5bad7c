package rewrite

import (
	"fmt"
	"go/scanner"
	"go/token"
	"strconv"
	"strings"
)

// join puts a piece of Go that may have several lines onto one. Each of its later lines begins with a
// position comment unless directives is false; line is the number of its first line. Semicolons that
// newlines stood for become explicit; comments go, except position comments of joins inside this one.
func join(text string, line int, directives bool) string {
	if !strings.Contains(text, "\n") {
		return text
	}
	set := token.NewFileSet()
	file := set.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	var out strings.Builder
	endLine, endOffset := 1, 0 // where the last written token ends in text
	for {
		pos, kind, literal := s.Scan()
		if kind == token.EOF {
			return out.String()
		}
		at := file.PositionFor(pos, false)
		if kind == token.SEMICOLON && literal == "\n" {
			if at.Offset < len(text) {
				out.WriteByte(';')
			}
			continue
		}
		if kind == token.COMMENT && !strings.HasPrefix(literal, "/*line ") {
			continue
		}
		width := len(literal)
		if width == 0 {
			width = len(kind.String())
			literal = kind.String()
		}
		switch {
		case at.Line > endLine && directives && kind != token.COMMENT:
			fmt.Fprintf(&out, " /*line :%d:%d*/", line+at.Line-1, leadingColumn(text, at.Offset))
		case at.Offset > endOffset:
			out.WriteByte(' ')
		}
		if kind == token.STRING && literal[0] == '`' && strings.Contains(literal, "\n") {
			value, err := strconv.Unquote(literal)
			if err == nil {
				literal = strconv.Quote(value)
			}
			width = strings.IndexByte(text[at.Offset+1:], '`') + 2
		}
		if kind != token.COMMENT {
			endLine = at.Line
		}
		endOffset = at.Offset + width
		out.WriteString(literal)
	}
}

// leadingColumn is the column of the first token of the line that offset is on.
func leadingColumn(text string, offset int) int {
	begin := strings.LastIndexByte(text[:offset], '\n') + 1
	line := text[begin:offset]
	return len(line) - len(strings.TrimLeft(line, " \t\r")) + 1
}
