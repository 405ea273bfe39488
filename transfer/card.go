package transfer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/gotl-gpu/gotl-gpu/transfer/report"
)

// peopleWords are class names, or words of them, that speak of attributes the law of
// many places protects.
var peopleWords = map[string]bool{}

func init() {
	for _, w := range strings.Fields(`female male woman women man men girl boy girls boys femme homme frau mann weiblich maennlich männlich
		gender sex transgender nonbinary asian black white caucasian hispanic latino latina african indian arab race ethnicity
		muslim christian jewish hindu buddhist religion gay lesbian straight orientation disabled disability pregnant`) {
		peopleWords[w] = true
	}
}

// peopleText is the one notice for data about people (SCHEMES §6). It blocks nothing.
const peopleText = "These class names look like attributes of people. A photograph shows how somebody looked at one moment, not who " +
	"they are, and a fixed list of labels leaves people out. Consent is your duty. Not for identification, access, eligibility or " +
	"policing; in some places the law counts such use as high-risk. Split by person."

// peopleNotice is peopleText if a class name has a word of that kind, else "".
func peopleNotice(classes []string) string {
	for _, c := range classes {
		for _, w := range strings.FieldsFunc(strings.ToLower(norm.NFC.String(c)), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if peopleWords[w] {
				return peopleText
			}
		}
	}
	return ""
}

// writeCard writes MODEL_CARD.md.
func (j *job) writeCard(sum *report.Summary, val *evaluation) error {
	groups, err := byGroup(j.data, j.set.Groups, val.at, val.probs, val.labels)
	if err != nil {
		return err
	}
	lic := licence(j.net.meta)
	if lic == "not provided" {
		lic = ""
	}
	return report.WriteCard(j.dir.file("MODEL_CARD.md"), &report.Card{Name: runName(&j.set), Scheme: j.scheme, Version: Version, Classes: j.data.Classes,
		BaseSHA256: j.net.sha256, BaseLicence: lic, DataSHA256: j.dataSum, SplitSHA256: j.rowsSum, Grouped: j.data.Grouped, Counts: sum.Counts,
		Val: sum.Val, Test: sum.Test, Frozen: sum.Frozen.Tensors, TrainedParams: sum.Params.Trained, Temperature: j.calibration(val).Temperature,
		Preprocess: describe(j.pre), Assumed: j.net.assumed, Groups: groups, Notice: peopleNotice(j.data.Classes)})
}
