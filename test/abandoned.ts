/** A Go file with one bug that `abandoned-channel` suspects: who is left by the select waits for ever to send. */
export const abandonedIn = (pkg: string): string => `package ${pkg}

func first(ask func() string, done chan struct{}) string {
	answers := make(chan string)
	go func() { answers <- ask() }()
	select {
	case answer := <-answers:
		return answer
	case <-done:
		return ""
	}
}
`;
