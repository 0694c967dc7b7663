/** The operator's token of every gateway of the tests that has one. */
export const ADMIN_TOKEN = "operator-token-of-the-tests-0123456789";
