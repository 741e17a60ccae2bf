"""Who is who: asked, explained and corrected by people."""
