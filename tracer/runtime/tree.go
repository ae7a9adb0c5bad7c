package lockstep

import "encoding/json"

// tree is what the next process goes on with.
type tree struct {
	Nodes    []*choiceNode `json:"nodes"`
	From     int           `json:"from"` // step from which on the next run is new
	Over     bool          `json:"over,omitempty"`
	GaveUp   bool          `json:"gaveUp,omitempty"`
	Begun    bool          `json:"begun,omitempty"` // anew, with waits for groups as steps of their own
	Progress progress      `json:"progress"`
}

// choiceNode is a choice on the path: between goroutines, or between the cases of a select when Ready is not empty.
type choiceNode struct {
	At      int      `json:"at"` // the step
	Options []string `json:"options,omitempty"`
	Taken   string   `json:"taken,omitempty"`
	Todo    []string `json:"todo,omitempty"`
	Done    []rested `json:"done,omitempty"`
	Ready   []int    `json:"ready,omitempty"`
	Kase    int      `json:"kase,omitempty"` // index in Ready
	Uses    useList  `json:"uses,omitempty"` // of the step that was taken, with every case so far
	Fresh   bool     `json:"fresh,omitempty"`

	asleep []string
}

// rested is a step all of whose continuations have been explored.
type rested struct {
	G    string  `json:"g"`
	Uses useList `json:"uses"`
}

type useList []use

func (l useList) MarshalJSON() ([]byte, error) {
	numbers := make([][4]int32, len(l))
	for i, u := range l {
		numbers[i] = [4]int32{u.object, int32(u.kind), u.delta, u.count}
	}
	return json.Marshal(numbers)
}

func (l *useList) UnmarshalJSON(text []byte) error {
	var numbers [][4]int32
	if err := json.Unmarshal(text, &numbers); err != nil {
		return err
	}
	for _, n := range numbers {
		*l = append(*l, use{n[0], useKind(n[1]), n[2], n[3]})
	}
	return nil
}

// choiceAt finds the choice between goroutines before a step.
func (t *tree) choiceAt(step int) *choiceNode {
	low, high := 0, len(t.Nodes)
	for low < high {
		if middle := (low + high) / 2; t.Nodes[middle].At < step {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(t.Nodes) && t.Nodes[low].At == step && t.Nodes[low].Ready == nil {
		return t.Nodes[low]
	}
	return nil
}

func (t *tree) addAll(step int) {
	node := t.choiceAt(step)
	if node == nil {
		return
	}
	for _, path := range node.Options {
		if !node.covers(path) {
			node.Todo = append(node.Todo, path)
		}
	}
}

// covers: what begins with a step of that goroutine has been explored, or will be.
func (n *choiceNode) covers(path string) bool {
	for _, d := range n.Done {
		if d.G == path {
			return true
		}
	}
	return n.Taken == path || oneOf(n.Todo, path) || oneOf(n.asleep, path)
}

// advance goes back to the last choice with something left to explore.
func (t *tree) advance() {
	for len(t.Nodes) > 0 {
		node := t.Nodes[len(t.Nodes)-1]
		t.From = node.At
		if node.Kase+1 < len(node.Ready) {
			node.Kase++
			node.Fresh = true
			return
		}
		if len(node.Todo) > 0 {
			node.Done = append(node.Done, rested{node.Taken, node.Uses})
			node.Taken, node.Uses, node.Fresh = node.Todo[0], nil, true
			node.Todo = node.Todo[1:]
			return
		}
		t.Nodes = t.Nodes[:len(t.Nodes)-1]
		if above := len(t.Nodes) - 1; node.Ready != nil && above >= 0 && t.Nodes[above].At == node.At {
			t.Nodes[above].Uses, t.Nodes[above].Fresh = node.Uses, false
		}
	}
	t.Over = true
}

// share guesses which part of the tree has been explored, as if all branches of a node were alike (Knuth, Estimating the
// Efficiency of Backtrack Programs, 1975).
func (t *tree) share() float64 {
	share, weight := 0.0, 1.0
	for _, node := range t.Nodes {
		done, all := len(node.Done), len(node.Done)+1+len(node.Todo)
		if node.Ready != nil {
			done, all = node.Kase, len(node.Ready)
		}
		share += weight * float64(done) / float64(all)
		weight /= float64(all)
	}
	return share
}
