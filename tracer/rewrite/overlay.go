package rewrite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// An overlay collects the files that the go command shall read in the place of others. A file is written
// only when its content changed, so that nothing about an unchanged build looks new.
type overlay struct {
	dir     string
	Replace map[string]string
}

// newOverlay begins with what the user's own overlay replaces.
func newOverlay(dir string, replaced map[string]string) (*overlay, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("the output folder %s has no absolute path", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("the output folder could not be made: %v", err)
	}
	o := &overlay{dir, map[string]string{}}
	maps.Copy(o.Replace, replaced)
	return o, nil
}

// source is where the text of a file lies now.
func (o *overlay) source(name string) string {
	if backing := o.Replace[name]; backing != "" {
		return backing
	}
	return name
}

func (o *overlay) file(importPath, original, text string) error {
	return o.put(original, importPath, original, text)
}

// put lets target read as text, which is kept in a file named after the import path and the original.
func (o *overlay) put(target, importPath, original, text string) error {
	folder := strings.NewReplacer(":", "_", "\\", "_").Replace(importPath)
	backing := filepath.Join(o.dir, "src", filepath.FromSlash(folder), filepath.Base(original))
	o.Replace[target] = backing
	return write(backing, []byte(text))
}

// runtime puts the package lockstep where the standard library is looked for.
func (o *overlay) runtime(goroot string, files fs.FS) error {
	names, err := fs.Glob(files, "*.go")
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return fmt.Errorf("the runtime's source could not be read: %v", err)
		}
		backing := filepath.Join(o.dir, "runtime", path.Base(name))
		o.Replace[filepath.Join(goroot, "src", "lockstep", path.Base(name))] = backing
		if err := write(backing, text); err != nil {
			return err
		}
	}
	for name, text := range addedFiles {
		if err := o.put(filepath.Join(goroot, "src", filepath.FromSlash(name)), path.Dir(name), path.Base(name), text); err != nil {
			return err
		}
	}
	return nil
}

// addedFiles are files of packages of the standard library that the overlay adds.
var addedFiles = map[string]string{
	"runtime/pprof/lockstep.go": leakProfile,
	"crypto/rand/zlockstep.go":  secretReader, // behind rand.go, whose init sets the variable
	"context/lockstep.go":       cancelState,
}

// leakProfile lets the runtime ask for the goroutine leak profile, where this Go has it.
const leakProfile = `//go:build go1.27 || goexperiment.goroutineleakprofile

package pprof

import "lockstep"

func init() { lockstep.LeakGC = runtime_goroutineLeakGC }
`

// secretReader lets the run decide what a program under control takes for random, in all packages.
const secretReader = `package rand

import "lockstep"

func init() { Reader = lockstep.SecretReader(Reader) }
`

// cancelState tells the runtime what the cancellation of a context is known by. Contexts of the program's own types are not
// asked: that would run code of the program.
const cancelState = `package context

import (
	"lockstep"
	"unsafe"
)

func init() {
	lockstep.CancelLock = unsafe.Offsetof(cancelCtx{}.mu)
	lockstep.CancelState = func(ctx any) unsafe.Pointer {
		for {
			switch c := ctx.(type) {
			case *cancelCtx:
				return unsafe.Pointer(c)
			case *timerCtx:
				return unsafe.Pointer(&c.cancelCtx)
			case *afterFuncCtx:
				return unsafe.Pointer(&c.cancelCtx)
			case *valueCtx:
				ctx = c.Context
			default:
				return nil
			}
		}
	}
}
`

func (o *overlay) finish() (string, error) {
	text, err := json.MarshalIndent(map[string]any{"Replace": o.Replace}, "", "\t")
	if err != nil {
		return "", err
	}
	name := filepath.Join(o.dir, "overlay.json")
	return name, write(name, append(text, '\n'))
}

func write(name string, text []byte) error {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return fmt.Errorf("the output folder could not be made: %v", err)
	}
	if err := os.WriteFile(name, text, 0o666); err != nil {
		return fmt.Errorf("an output file could not be written: %v", err)
	}
	when := written(text)
	if err := os.Chtimes(name, when, when); err != nil {
		return fmt.Errorf("the time of an output file could not be set: %v", err)
	}
	return nil
}

// written is a time long ago that stands for the content. Go before 1.26 finds a standard package that is only in
// the overlay through its package index, which leaves out files of the last two seconds, and which tells
// versions of a file by time and size.
func written(text []byte) time.Time {
	const twentyYears = 20 * 365 * 24 * 60 * 60
	hash := fnv.New32a()
	hash.Write(text)
	return time.Unix(int64(978_307_200+hash.Sum32()%twentyYears), 0)
}

// userOverlay reads the overlay that the user's GOFLAGS ask for: of several the last counts.
func userOverlay(flags, dir string) (map[string]string, error) {
	name := ""
	for _, flag := range strings.Fields(flags) {
		flag = strings.Trim(flag, `'"`)
		if value, ok := strings.CutPrefix(strings.TrimPrefix(flag, "-"), "-overlay="); ok {
			name = value
		} else if value, ok := strings.CutPrefix(flag, "-overlay="); ok {
			name = value
		}
	}
	if name == "" {
		return nil, nil
	}
	absolute := func(name string) string {
		if name == "" || filepath.IsAbs(name) {
			return name
		}
		joined, err := filepath.Abs(filepath.Join(dir, name))
		if err != nil {
			return name
		}
		return joined
	}
	text, err := os.ReadFile(absolute(name))
	if err != nil {
		return nil, fmt.Errorf("the overlay that GOFLAGS names could not be read: %v", err)
	}
	var content struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &content); err != nil {
		return nil, fmt.Errorf("the overlay that GOFLAGS names is no overlay: %v", err)
	}
	replaced := map[string]string{}
	for target, backing := range content.Replace {
		replaced[absolute(target)] = absolute(backing)
	}
	return replaced, nil
}
