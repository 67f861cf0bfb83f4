package githubapi

import (
	"fmt"

	"github.com/google/go-github/v62/github"
)

// Pages asks for page after page, from 1, until there is none, or get says that
// it has enough, or most have been read. It reports whether the listing was
// read to its end. A listing whose next page is not a later one is an error: it
// would never end.
func Pages(most int, get func(page int) (*github.Response, bool, error)) (complete bool, err error) {
	for page, read := 1, 0; read < most; read++ {
		response, enough, err := get(page)
		if err != nil {
			return false, err
		}
		if response == nil || response.NextPage == 0 {
			return true, nil
		}
		if enough {
			return false, nil
		}
		if response.NextPage <= page {
			return false, &UnavailableError{Reason: fmt.Sprintf("page %d of a listing names page %d as its next", page, response.NextPage)}
		}
		page = response.NextPage
	}

	return false, nil
}
