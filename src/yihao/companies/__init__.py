"""Service companies (社会化服务企业): who joined, how they are rated, their probation and removal (SX 二(二)8)."""
