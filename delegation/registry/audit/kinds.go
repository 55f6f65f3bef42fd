package audit

import "github.com/anteroom-go/anteroom/delegation"

// Kind is what was changed. It is the kind of the event as well.
type Kind = delegation.EventKind

// The kinds of changes, of applications and their secrets, users, signing keys, and the database.
// Those of package delegation that [Kinds] returns have the same meaning here.
const (
	ApplicationCreated  Kind = "application.created"
	ApplicationImported Kind = "application.imported"
	ApplicationUpdated  Kind = "application.updated"
	ApplicationDeleted  Kind = "application.deleted"
	SecretAdded         Kind = "secret.added"
	SecretRotated       Kind = "secret.rotated" // one was added, and the others will end
	SecretDisabled      Kind = "secret.disabled"
	SecretRenewed       Kind = "secret.renewed"   // kept under the present root key from now on
	GoogleKeyAdded      Kind = "google_key.added" // of a program for Google's services, see package google
	GoogleKeyEnded      Kind = "google_key.ended"
	UserAdded           Kind = "user.added"
	UserEnabled         Kind = "user.enabled"
	UserDisabled        Kind = "user.disabled"
	UserRenamed         Kind = "user.renamed"
	UserDeleted         Kind = "user.deleted"
	UserOptedOut        Kind = "user.opted_out"
	UserOptedIn         Kind = "user.opted_in"
	AddressProtected    Kind = "address.protected"
	AddressUnprotected  Kind = "address.unprotected"
	KeyHastened         Kind = "key.hastened" // it signs sooner
	KeyResealed         Kind = "key.resealed"
	KeysGivenUp         Kind = "keys.given_up" // the root key was lost
	RoomDeleted         Kind = "room.deleted"
	BatchImported       Kind = "batch.imported"
	DatabaseMigrated    Kind = "database.migrated"
	DatabaseCopied      Kind = "database.copied"
	HostPartsNoted      Kind = "host_parts.noted" // which parts of its server a host keeps itself
	// Forgotten means that rows of the audit trail itself were removed because their time was over.
	Forgotten Kind = "audit.forgotten"
)

// Kinds returns every kind that a row may have.
func Kinds() []Kind {
	return []Kind{
		ApplicationCreated, ApplicationImported, ApplicationUpdated, ApplicationDeleted,
		SecretAdded, SecretRotated, SecretDisabled, SecretRenewed,
		GoogleKeyAdded, GoogleKeyEnded,
		UserAdded, delegation.EventUserProvisioned, UserEnabled, UserDisabled, UserRenamed, UserDeleted,
		UserOptedOut, UserOptedIn, AddressProtected, AddressUnprotected, delegation.EventTokenRevoked,
		delegation.EventKeyCreated, KeyHastened, delegation.EventKeyActivated, delegation.EventKeyRetired,
		delegation.EventKeyCompromised, delegation.EventKeyMended, KeyResealed, KeysGivenUp,
		RoomDeleted, BatchImported, DatabaseMigrated, DatabaseCopied, HostPartsNoted, Forgotten,
	}
}
