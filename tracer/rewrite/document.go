// Package rewrite puts the concurrency operations of Go packages under Lockstep's control: it decides
// with go/types what to rewrite, edits the text of the files so that no line changes its number, and
// writes an overlay for the go command. The table in ../README.md says what becomes what.
package rewrite

// The document mirrors protocol/tracer.ts; test/unit compares the two.
type Document struct {
	Version      int            `json:"version"`
	GoVersion    string         `json:"goVersion"`
	Overlay      string         `json:"overlay"`
	SourceHash   string         `json:"sourceHash"`
	Packages     []Package      `json:"packages"`
	Sites        []Site         `json:"sites"`
	Uncontrolled []Uncontrolled `json:"uncontrolled"`
	Errors       []SourceError  `json:"errors"`
	Inputs       Inputs         `json:"inputs"`
	BuildFlags   []string       `json:"buildFlags"`
}

// A Package named by the patterns that has tests.
type Package struct {
	ImportPath string `json:"importPath"`
	Dir        string `json:"dir"`
	ModuleDir  string `json:"moduleDir"`
	Module     string `json:"module"`
	Tests      []Test `json:"tests"`
}

type Test struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
}

// A Site is a place in the source where an instrumented operation stands. Lines and columns count from 1, columns in bytes.
type Site struct {
	ID         uint32   `json:"id"`
	File       string   `json:"file"`
	Line       int      `json:"line"`
	Column     int      `json:"column"`
	Operation  string   `json:"operation"`
	Function   string   `json:"function"`
	Expression string   `json:"expression"`
	Cases      []string `json:"cases,omitempty"`
	Internal   bool     `json:"internal,omitempty"`
}

// Uncontrolled is a place that was left alone, and why.
type Uncontrolled struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Reason string `json:"reason"`
}

type SourceError struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}
