"""A searchable index over one sync: filters, sort orders, counts, and one page of many rows, for either format."""
