"""The contract as others read it: JSON Schemas, the AsyncAPI document, examples, and what would break a producer."""
