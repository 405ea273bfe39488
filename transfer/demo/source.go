package demo

var box = rect(-820, -820, 820, 820)

// sourceClasses are the shapes of the source task, by name.
var sourceClasses = []class{
	{"checker", one(both(box, cells(410, false)))},
	{"crescent", one(without(disc(0, 0, 960), disc(430, 0, 800)))},
	{"cross", one(either(rect(-290, -980, 290, 980), rect(-980, -290, 980, 290)))},
	{"disc", one(disc(0, 0, 880))},
	{"dots", one(either(disc(-560, -400, 330), disc(560, -400, 330), disc(0, 560, 330)))},
	{"frame", one(without(box, rect(-470, -470, 470, 470)))},
	{"hourglass", one(polygon(-820, -900, 820, -900, -820, 900, 820, 900))},
	{"ring", one(without(disc(0, 0, 940), disc(0, 0, 560)))},
	{"square", one(box)},
	{"star", one(polygon(0, -1024, 235, -324, 974, -316, 380, 124, 602, 828, 0, 400, -602, 828, -380, 124, -974, -316, -235, -324))},
	{"stripes", one(both(box, cells(328, true)))},
	{"triangle", one(polygon(0, -1024, 887, 512, -887, 512))},
}

// one is an object of a single part.
func one(s shape) []part { return []part{{s, 0}} }
