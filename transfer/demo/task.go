package demo

// Task is a set of classes to draw.
type Task struct {
	Name    string
	classes []class
	upright bool // ±25° and mirrored, instead of any angle
}

// class is a name and what it looks like.
type class struct {
	name  string
	parts []part // from the front
}

// part is a shape in one of the object's three colours.
type part struct {
	in   shape
	tone int
}

// The two tasks. They share no class.
var (
	Source = &Task{Name: "shapes", classes: sourceClasses}
	Target = &Task{Name: "things", classes: targetClasses, upright: true}
)

// Classes returns the class names, sorted, as an image folder has them.
func (t *Task) Classes() []string {
	out := make([]string, len(t.classes))
	for i, c := range t.classes {
		out[i] = c.name
	}
	return out
}
