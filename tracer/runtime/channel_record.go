package lockstep

func recordedSend[T any](site uint32, ch chan<- T, value T) {
	tried(opSend, operand{channelKey(ch), kindChannel}, site, func() bool {
		select {
		case ch <- value:
			return true
		default:
			return false
		}
	}, func() { ch <- value }, nil)
}

func recordedReceive[T any](site uint32, ch <-chan T) (value T, ok bool) {
	tried(opReceive, operand{channelKey(ch), kindChannel}, site, func() bool {
		select {
		case value, ok = <-ch:
			return true
		default:
			return false
		}
	}, func() { value, ok = <-ch }, func(r *run, event uint32) {
		switch r.phaseOf(event) {
		case phaseBlock:
			return
		case phaseWake:
			r.count(site, countWaited)
		default:
			r.count(site, countAtOnce)
		}
		if !ok {
			r.setArgument(event, closedEnd)
			r.foundClosed(event, channelKey(ch))
		}
	})
	return value, ok
}
