// Package launch starts processes for somebody who pays much for it: a process forks in time that grows with its memory,
// unless it can share that with the child until exec, as Go's does. The engine has hundreds of megabytes, and starts
// a process for every replay.
//
// Requests come as JSON, one a line, and so do the answers; engine/system/launcher.ts is the other side.
package launch

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// A Request is a process to start. Its number comes back in every answer about it.
type Request struct {
	ID          int      `json:"id"`
	Command     string   `json:"command"` // absolute
	Arguments   []string `json:"arguments"`
	Directory   string   `json:"directory"`
	Environment []string `json:"environment"` // all of it
	// Lifeline asks for a pipe on file descriptor 3 that closes when the launcher ends.
	Lifeline bool `json:"lifeline"`
}

// An Answer says one thing of a process: that it has begun or why it has not, some of its output, its end, or that its
// outputs have been closed.
type Answer struct {
	ID      int    `json:"id"`
	PID     int    `json:"pid,omitempty"`
	Problem string `json:"problem,omitempty"`
	Stdout  []byte `json:"stdout,omitempty"`
	Stderr  []byte `json:"stderr,omitempty"`
	// Ended comes with the exit status, or with the number of the signal that ended it.
	Ended  bool `json:"ended,omitempty"`
	Code   int  `json:"code,omitempty"`
	Signal int  `json:"signal,omitempty"`
	Closed bool `json:"closed,omitempty"`
}

type launcher struct {
	writing sync.Mutex
	answers *json.Encoder
}

// Serve answers requests until there are no more. What is still running then runs on; it has its lifeline.
func Serve(in io.Reader, out io.Writer) error {
	l := &launcher{answers: json.NewEncoder(out)}
	requests := json.NewDecoder(bufio.NewReader(in))
	for {
		var request Request
		if err := requests.Decode(&request); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		l.start(request)
	}
}

func (l *launcher) start(request Request) {
	command := &exec.Cmd{
		Path:        request.Command,
		Args:        append([]string{request.Command}, request.Arguments...),
		Dir:         request.Directory,
		Env:         request.Environment,
		SysProcAttr: ofItsOwnSession(),
	}
	lifeline, err := lifelineOf(command, request)
	if err != nil {
		l.answer(Answer{ID: request.ID, Problem: err.Error()})
		return
	}
	stdout, err := command.StdoutPipe()
	var stderr io.ReadCloser
	if err == nil {
		stderr, err = command.StderrPipe()
	}
	if err == nil {
		err = command.Start()
	}
	for _, file := range command.ExtraFiles {
		file.Close() // the process has its own
	}
	if err != nil {
		lifeline.Close()
		l.answer(Answer{ID: request.ID, Problem: err.Error()})
		return
	}
	l.answer(Answer{ID: request.ID, PID: command.Process.Pid})
	var reading sync.WaitGroup
	reading.Add(2)
	go l.pass(stdout, &reading, func(text []byte) Answer { return Answer{ID: request.ID, Stdout: text} })
	go l.pass(stderr, &reading, func(text []byte) Answer { return Answer{ID: request.ID, Stderr: text} })
	go func() {
		// Not command.Wait, which closes the pipes: who was started by the process may still write to them.
		state, err := command.Process.Wait()
		lifeline.Close()
		l.answer(endOf(request.ID, state, err))
		reading.Wait()
		l.answer(Answer{ID: request.ID, Closed: true})
	}()
}

// lifelineOf gives the command a pipe that nobody writes to: it ends with us. Each has one of its own, because whether
// reading it waits is a property that all its readers share. nil, which can be closed, when none was asked for.
func lifelineOf(command *exec.Cmd, request Request) (*os.File, error) {
	if !request.Lifeline {
		return nil, nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	command.ExtraFiles = []*os.File{read}
	return write, nil
}

// pass gives on what a process writes, until nobody can write there any more.
func (l *launcher) pass(from io.ReadCloser, done *sync.WaitGroup, answer func([]byte) Answer) {
	defer done.Done()
	defer from.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			l.answer(answer(buffer[:n]))
		}
		if err != nil {
			return
		}
	}
}

func endOf(id int, state *os.ProcessState, err error) Answer {
	if err != nil {
		return Answer{ID: id, Problem: err.Error()}
	}
	answer := Answer{ID: id, Ended: true, Code: state.ExitCode()}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		answer.Code, answer.Signal = 0, int(status.Signal())
	}
	return answer
}

// answer has nobody to tell when it fails: who asked has ended, and the requests will end too.
func (l *launcher) answer(answer Answer) {
	l.writing.Lock()
	defer l.writing.Unlock()
	_ = l.answers.Encode(answer)
}
