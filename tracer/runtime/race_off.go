//go:build !race

package lockstep

import "unsafe"

// Without the race detector there is nobody to tell; see race_on.go.

const raceDetector = false

func raceAcquire(unsafe.Pointer)      {}
func raceRelease(unsafe.Pointer)      {}
func raceReleaseMerge(unsafe.Pointer) {}
func raceWrite(unsafe.Pointer)        {}
func raceErrors() int                 { return 0 }
func raceHide()                       {}
func raceShow()                       {}

type attemptEdges struct{}

func (a *attempt) raceWaits()     {}
func (a *attempt) raceCompleted() {}
func (a *attempt) raceMet()       {}
func (a *attempt) raceGoesOn()    {}

type channelEdges struct{}

func (s *channelState) raceBegin(*routine, int, int)        {}
func (g *routine) raceEnd()                                 {}
func (s *channelState) raceSent()                           {}
func (s *channelState) raceSentFor(unsafe.Pointer)          {}
func (s *channelState) raceRefilled(*attempt)               {}
func (s *channelState) raceReceived()                       {}
func (s *channelState) raceDrained()                        {}
func (s *channelState) raceHanded(*attempt, int)            {}
func (s *channelState) raceTicked(*attempt, unsafe.Pointer) {}
