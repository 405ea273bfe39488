package demo

// targetClasses are the things of the target task. Tones 0, 1, 2 are three
// random colours of the picture.
var targetClasses = []class{
	{"boat", []part{
		{polygon(-980, 330, 980, 330, 620, 800, -620, 800), 0},
		{polygon(60, -960, 60, 240, 800, 240), 1},
		{polygon(-60, -700, -60, 240, -640, 240), 1},
		{rect(-45, -980, 45, 330), 2},
	}},
	{"fish", []part{
		{disc(-560, -110, 90), 2},
		{ellipse(-240, 0, 740, 460), 0},
		{polygon(380, 0, 1000, -480, 850, 0, 1000, 480), 1},
		{polygon(-350, -400, 150, -380, 50, -760), 1},
	}},
	{"house", []part{
		{rect(-110, 300, 230, 820), 2},
		{rect(-480, 20, -220, 280), 2},
		{rect(-700, -160, 700, 820), 0},
		{polygon(-980, -140, 980, -140, 0, -960), 1},
		{rect(420, -900, 620, -300), 0},
	}},
	{"tree", []part{
		{polygon(0, -1000, 520, -350, -520, -350), 1},
		{polygon(0, -700, 680, 120, -680, 120), 1},
		{polygon(0, -300, 820, 560, -820, 560), 1},
		{rect(-150, 500, 150, 980), 0},
	}},
}
