"""What is for sale, loyalty points, and how members pay."""
