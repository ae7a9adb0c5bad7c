package rewrite

import "maps"

// How much of a file is rewritten.
const (
	everything = iota
	withoutMemory
	nothing
)

// settle rewrites the unit's files until they compile, those that do not with less each time.
func (work *unitWork) settle(again *rechecker, first int) {
	level, reasons := map[string]int{}, map[string]string{}
	lower := func(path, reason string) {
		level[path]++
		reasons[path] = reason
	}
	for _, file := range work.unit.files {
		level[file.path] = first
	}
	compiles := false
	for range 2 * (len(work.unit.files) + 1) {
		work.rewrite(level)
		broken := map[string]string{"": "the package has too many operations to number"}
		if !work.sites.overflow { // looking at it would take long, for nothing
			broken = again.broken(work.unit, work.texts)
		}
		if compiles = len(broken) == 0; compiles {
			break
		}
		if reason, all := broken[""]; all {
			// Not one file's fault, or that of a file which was not touched.
			broken = maps.Clone(work.texts)
			for path := range broken {
				broken[path] = reason
			}
		}
		for path, reason := range broken {
			lower(path, reason)
		}
	}
	if !compiles {
		work.texts, work.sites.sites = nil, nil
	}
	for _, file := range work.unit.files {
		reason, lowered := reasons[file.path]
		switch {
		case lowered && level[file.path] == nothing:
			work.uncontrolled = append(work.uncontrolled, Uncontrolled{file.path, 1, 1, "the file is left alone: " + reason})
		case lowered:
			work.uncontrolled = append(work.uncontrolled, Uncontrolled{file.path, 1, 1, "memory accesses of the file are not recorded: " + reason})
		}
	}
}

// rewrite makes the texts of the unit's files that change.
func (work *unitWork) rewrite(level map[string]int) {
	work.texts, work.uncontrolled, work.sites = map[string]string{}, nil, &siteTable{base: work.base}
	for _, file := range work.unit.files {
		if text := work.rewriteFile(file, level[file.path]); text != "" {
			work.texts[file.path] = text
		}
	}
}
