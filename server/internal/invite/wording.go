package invite

import "golang.org/x/text/language"

// wording is the texts of an invitation in one language, with its typography: in
// French a no-break space stands before a colon.
type wording struct {
	Meeting string // what the room is for
	Video   string // before the link
	Phone   string // before the telephone number
	PIN     string // before the PIN
	Dial    string // telephone number and PIN in one line
	Wait    string // for people who have to be let in
	Expires string // before the end of the link
	Moment  string // layout of a time in UTC, as package time has it
}

// wordingIn returns the wording in French or, for every other tag, in English.
func wordingIn(tag language.Tag) wording {
	if tag == language.French {
		return wording{
			Meeting: "Visioconférence",
			Video:   "Rejoindre la visioconférence\u00a0:",
			Phone:   "Rejoindre par téléphone\u00a0:",
			PIN:     "Code PIN\u00a0:",
			Dial:    "Téléphone\u00a0: %s, code PIN\u00a0: %s",
			Wait:    "Vous devrez peut-être attendre que quelqu’un vous fasse entrer.",
			Expires: "Le lien est valable jusqu’au",
			Moment:  "02/01/2006 à 15:04 UTC",
		}
	}
	return wording{
		Meeting: "Video meeting",
		Video:   "Join the video meeting:",
		Phone:   "Join by phone:",
		PIN:     "PIN:",
		Dial:    "Phone: %s, PIN: %s",
		Wait:    "You may have to wait until somebody lets you in.",
		Expires: "The link works until",
		Moment:  "2 January 2006, 15:04 UTC",
	}
}
