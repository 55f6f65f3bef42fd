// Package wire is HTTP as the external API speaks it: bodies are read and
// written here, and nowhere else.
//
// On the way in, [Receive] bounds a body, [Upload.Body] undoes its content coding
// and checks its media type, [Body.Object] decodes it strictly, [ReadAccessToken] reads
// credentials, [PreferredMedia] and [PreferredLanguage] negotiate, [Met], [NoneMatch]
// and [Unguarded] read conditions, and [Cursors] opens places in lists.
//
// On the way out, a [Reply] is a whole answer, a [Document] one that does not
// change, and an [Error] what a caller learns of an error; [Problem] and
// [OAuthError] write it in one of the two dialects.
package wire
