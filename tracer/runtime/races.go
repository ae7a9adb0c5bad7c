package lockstep

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// raceLog is what GORACE's log_path has to name; the detector appends the number of the process.
const raceLog = "race"

// raceReports follow the detector's log through the runs of a process.
type raceReports struct {
	runs   int   // that had reports
	seen   int   // reports of earlier runs
	length int64 // of the log, as far as it was read
}

// failed says whether the test has failed: testing fails it for every race, which is not what the test itself found.
func (l *raceReports) failed(t testState) bool {
	if raceErrors() > l.seen {
		if failed := field[bool](insideOf(t).common, "failed"); failed != nil {
			return *failed
		}
	}
	return t.Failed()
}

// take gives the reports that were written since the last call: how many and their text.
func (l *raceReports) take(out string) (count int, text []byte, err error) {
	count = raceErrors() - l.seen
	if count == 0 {
		return 0, nil, nil
	}
	l.seen += count
	l.runs++
	log, err := os.Open(filepath.Join(out, raceLog+"."+strconv.Itoa(os.Getpid())))
	if err != nil {
		return count, nil, fmt.Errorf("the race detector's reports cannot be read: %w", err)
	}
	defer log.Close()
	if _, err := log.Seek(l.length, io.SeekStart); err != nil {
		return count, nil, err
	}
	text, err = io.ReadAll(log)
	l.length += int64(len(text))
	return count, text, err
}
