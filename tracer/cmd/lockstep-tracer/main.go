// Lockstep-tracer rewrites Go packages so that their concurrency can be controlled; see ../../README.md.
// It prints one JSON document. With `launch` it starts processes that it is asked for on stdin (package launch).
// Exit code 2, with one line on stderr, when it could do nothing at all.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	tracer "lockstep.dev/tracer"
	"lockstep.dev/tracer/launch"
	"lockstep.dev/tracer/rewrite"
)

const usage = "usage: lockstep-tracer rewrite --dir DIR --out DIR [--tags LIST] [--race] [--deps LIST] PATTERN… | launch"

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lockstep-tracer:", err)
		os.Exit(2)
	}
}

func run(arguments []string, out io.Writer) error {
	if len(arguments) == 1 && arguments[0] == "launch" {
		return launch.Serve(os.Stdin, out)
	}
	if len(arguments) == 0 || arguments[0] != "rewrite" {
		return fmt.Errorf("%s", usage)
	}
	var options rewrite.Options
	flags := flag.NewFlagSet("rewrite", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&options.Dir, "dir", ".", "where the patterns are meant")
	flags.StringVar(&options.Out, "out", "", "where the overlay goes")
	flags.StringVar(&options.Tags, "tags", "", "build tags, separated by commas")
	dependencies := flags.String("deps", "", "patterns of packages of other modules to rewrite too, separated by commas")
	flags.BoolVar(&options.Race, "race", false, "for a build with -race")
	if err := flags.Parse(arguments[1:]); err != nil {
		return fmt.Errorf("%v; %s", err, usage)
	}
	options.Patterns = flags.Args()
	options.Dependencies = strings.FieldsFunc(*dependencies, func(r rune) bool { return r == ',' })
	if options.Out == "" || len(options.Patterns) == 0 {
		return fmt.Errorf("%s", usage)
	}
	source, err := fs.Sub(tracer.Runtime, "runtime")
	if err != nil {
		return err
	}
	document, err := rewrite.Run(options, source)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(document)
}
