"""Loyalty points: earned by autoship orders, kept in lots, redeemed and expired."""
