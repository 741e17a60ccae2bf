"""What can go wrong with the store, told apart by what the caller must do: wait, drop the row, or call a person."""

import re

# Names of ClickHouse's own error codes (src/Common/ErrorCodes.cpp), so that the sets below can be read.
OUTAGE = frozenset(
    {
        23,  # CANNOT_READ_FROM_ISTREAM
        74,  # CANNOT_READ_FROM_FILE_DESCRIPTOR
        75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
        159,  # TIMEOUT_EXCEEDED
        173,  # CANNOT_ALLOCATE_MEMORY
        198,  # DNS_ERROR
        202,  # TOO_MANY_SIMULTANEOUS_QUERIES
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        225,  # NO_ZOOKEEPER
        236,  # ABORTED
        241,  # MEMORY_LIMIT_EXCEEDED
        242,  # TABLE_IS_READ_ONLY
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED
        285,  # TOO_FEW_LIVE_REPLICAS
        319,  # UNKNOWN_STATUS_OF_INSERT
        394,  # QUERY_WAS_CANCELLED
        439,  # CANNOT_SCHEDULE_TASK
        473,  # DEADLOCK_AVOIDED
        667,  # NOT_INITIALIZED
        999,  # KEEPER_EXCEPTION
        1000,  # POCO_EXCEPTION
    }
)
MISCONFIGURED = frozenset(
    {
        16,  # NO_SUCH_COLUMN_IN_TABLE
        47,  # UNKNOWN_IDENTIFIER
        60,  # UNKNOWN_TABLE
        62,  # SYNTAX_ERROR
        73,  # UNKNOWN_FORMAT
        81,  # UNKNOWN_DATABASE
        115,  # UNKNOWN_SETTING
        164,  # READONLY
        192,  # UNKNOWN_USER
        193,  # WRONG_PASSWORD
        194,  # REQUIRED_PASSWORD
        452,  # SETTING_CONSTRAINT_VIOLATION
        497,  # ACCESS_DENIED
        516,  # AUTHENTICATION_FAILED
    }
)
BAD_DATA = frozenset(
    {
        6,  # CANNOT_PARSE_TEXT
        25,  # CANNOT_PARSE_ESCAPE_SEQUENCE
        26,  # CANNOT_PARSE_QUOTED_STRING
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        33,  # CANNOT_READ_ALL_DATA
        38,  # CANNOT_PARSE_DATE
        41,  # CANNOT_PARSE_DATETIME
        53,  # TYPE_MISMATCH
        69,  # ARGUMENT_OUT_OF_BOUND
        70,  # CANNOT_CONVERT_TYPE
        72,  # CANNOT_PARSE_NUMBER
        117,  # INCORRECT_DATA
        130,  # CANNOT_READ_ARRAY_FROM_TEXT
        131,  # TOO_LARGE_STRING_SIZE
        190,  # SIZES_OF_ARRAYS_DONT_MATCH
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        349,  # CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
        376,  # CANNOT_PARSE_UUID
        407,  # DECIMAL_OVERFLOW
        467,  # CANNOT_PARSE_BOOL
        469,  # VIOLATED_CONSTRAINT
        636,  # CANNOT_EXTRACT_TABLE_STRUCTURE
        691,  # UNKNOWN_ELEMENT_OF_ENUM
    }
)

_CODE = re.compile(r"Code: (\d+)")


class StoreError(Exception):
    """Anything the store said no to; never raised itself."""


class StoreUnavailable(StoreError):  # noqa: N818 - a state of the store, named so throughout the product
    """An outage: nothing is wrong with what was asked; ask the same again later."""


class StoreRefused(StoreError):  # noqa: N818
    """What was asked is wrong and will stay wrong: a row that does not fit its table, a query with a mistake."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class StoreMisconfigured(StoreError):  # noqa: N818
    """A person must act: a table or right is missing, or the store was built by another version of the program."""


def code_of(message: str) -> int:
    """ClickHouse's error code in a message of its own making; 0 where there is none."""
    found = _CODE.search(message)
    return int(found[1]) if found else 0


def insert_error(code: int, message: str) -> StoreError:
    """Unknown codes count as an outage: a good row must never be dropped because of trouble with the machinery."""
    if code in BAD_DATA:
        return StoreRefused(code, message)
    if code in MISCONFIGURED:
        return StoreMisconfigured(message)
    return StoreUnavailable(message)


def query_error(code: int, message: str) -> StoreError:
    """Unknown codes count as a mistake in the query, except where no code came: then nobody answered."""
    if code in OUTAGE or not code:
        return StoreUnavailable(message)
    if code in (192, 193, 194, 516):
        return StoreMisconfigured(message)
    return StoreRefused(code, message)
