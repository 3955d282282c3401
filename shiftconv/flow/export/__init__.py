"""What a build folder gives to other tools and languages."""
