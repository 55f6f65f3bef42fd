package invite

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"text/template"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// Texts are the words and the templates of invitations in some languages.
type Texts struct{ tongues []tongue }

// tongue is one language of invitations.
type tongue struct {
	tag   language.Tag
	words wording
	text  *template.Template
	html  *htmltemplate.Template
}

// TextsError is what is wrong with a set of texts.
type TextsError struct {
	// Field is what is wrong: Languages or Templates.
	Field string
	// Problem continues a sentence that begins with the field.
	Problem string
}

// Error returns the sentence.
func (e *TextsError) Error() string { return e.Field + " " + e.Problem }

//go:embed templates
var templateFiles embed.FS

// shared is the name of the templates of every language that has none of its own.
const shared = "invitation"

// Limits of a set.
const (
	maxTongues = 100
	maxFile    = 64 << 10 // bytes of one file
)

// ReadTexts returns the texts in the languages, the default first; none means English
// and French. What the files lack is ours, files may be nil. It writes invitations of
// every kind, so that a template that does not bear one is found here; ours are tried by
// tests. It returns a [*TextsError].
func ReadTexts(files fs.FS, languages []string) (Texts, error) {
	ours, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return Texts{}, err
	}
	from := source{files, ours, files != nil}
	if files == nil {
		from.set = embed.FS{}
	}
	if len(languages) == 0 {
		languages = []string{"en", "fr"}
	}
	tags, err := parseTags(languages)
	if err != nil {
		return Texts{}, err
	}
	if err := unused(from.set, languages); err != nil {
		return Texts{}, err
	}
	var texts Texts
	for i, name := range languages {
		one, err := from.tongue(name, tags[i])
		if err != nil {
			return Texts{}, err
		}
		texts.tongues = append(texts.tongues, one)
	}
	return texts, nil
}

// Languages returns the languages, the default first.
func (t Texts) Languages() []language.Tag {
	tags := make([]language.Tag, len(t.tongues))
	for i, one := range t.tongues {
		tags[i] = one.tag
	}
	return tags
}

// in returns the texts in one of the languages, or in the default.
func (t Texts) in(tag language.Tag) tongue {
	i := slices.IndexFunc(t.tongues, func(one tongue) bool { return one.tag == tag })
	return t.tongues[max(i, 0)]
}

// parseTags reads the names of languages.
func parseTags(languages []string) (tags []language.Tag, err error) {
	if len(languages) > maxTongues {
		return nil, &TextsError{"Languages", fmt.Sprintf("are more than %d", maxTongues)}
	}
	for _, name := range languages {
		tag, err := language.Parse(name)
		switch {
		case err != nil || tag == language.Und || len(name) > 35:
			return nil, &TextsError{"Languages", fmt.Sprintf("have %q, which is no tag such as de or pt-BR (BCP 47)", name)}
		case slices.Contains(tags, tag):
			return nil, &TextsError{"Languages", fmt.Sprintf("have %q twice", name)}
		}
		tags = append(tags, tag)
	}
	return tags, nil
}

// unused returns an error if there is a file that would have no effect.
func unused(files fs.FS, languages []string) error {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return &TextsError{"Templates", "cannot be read: " + err.Error()}
	}
	for _, entry := range entries {
		ext := path.Ext(entry.Name())
		name := strings.TrimSuffix(entry.Name(), ext)
		words, layout := ext == ".json", ext == ".txt" || ext == ".html"
		if (words || layout) && !slices.Contains(languages, name) && (words || name != shared) {
			return &TextsError{"Templates", "have " + entry.Name() + ", but Languages do not have " + name}
		}
	}
	return nil
}

// source is where texts are read: a set, and what it lacks. Templates are tried if one
// may be of the set.
type source struct {
	set, ours fs.FS
	try       bool
}

// tongue reads the texts in one language.
func (s source) tongue(name string, tag language.Tag) (tongue, error) {
	one := tongue{tag: tag}
	steps := []struct {
		names []string
		read  func(file, text string) error
	}{
		{[]string{name + ".json"}, func(_, text string) (err error) {
			one.words, err = readWording([]byte(text))
			return err
		}},
		{[]string{name + ".txt", shared + ".txt"}, func(file, text string) (err error) {
			if one.text, err = template.New(file).Parse(text); err != nil {
				return err
			}
			return s.tried(one, one.text)
		}},
		{[]string{name + ".html", shared + ".html"}, func(file, text string) (err error) {
			if one.html, err = htmltemplate.New(file).Parse(text); err != nil {
				return err
			}
			return s.tried(one, one.html)
		}},
	}
	for _, step := range steps {
		file, text, err := s.first(step.names)
		if err == nil {
			err = step.read(file, text)
		}
		if err != nil {
			return tongue{}, &TextsError{"Templates", fmt.Sprintf("cannot be used for %s: %s: %v", name, file, err)}
		}
	}
	return one, nil
}

// tried returns an error if a template does not bear every kind of invitation.
func (s source) tried(one tongue, written executed) error {
	if !s.try {
		return nil
	}
	return one.try(written)
}

// first returns the first file that there is, of the set or else of ours.
func (s source) first(names []string) (file, text string, err error) {
	for _, files := range []fs.FS{s.set, s.ours} {
		for _, name := range names {
			text, err := readFile(files, name)
			if !errors.Is(err, fs.ErrNotExist) {
				return name, text, err
			}
		}
	}
	return names[0], "", errors.New("is missing")
}

// readFile returns a text with plain ends of lines.
func readFile(files fs.FS, name string) (string, error) {
	file, err := files.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return "", err
	case len(content) > maxFile || !utf8.Valid(content):
		return "", fmt.Errorf("is no text in UTF-8 of at most %d bytes", maxFile)
	}
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	return strings.ReplaceAll(string(content), "\r\n", "\n"), nil
}
